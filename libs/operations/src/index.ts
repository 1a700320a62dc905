import { defineRegistry } from '@octo-bots/core';
import { branchDeletedCheckmarxCleanup } from './branch-deleted-checkmarx-cleanup/branch-deleted-checkmarx-cleanup.ts';
import { clangFormatValidator } from './clang-format-validator/clang-format-validator.ts';
import { closeStale } from './close-stale/close-stale.ts';
import { cppcheckValidator } from './cppcheck-validator/cppcheck-validator.ts';
import { pullRequestCheckmarx } from './pull-request-checkmarx/pull-request-checkmarx.ts';
import { pullRequestForbiddenFiles } from './pull-request-forbidden-files/pull-request-forbidden-files.ts';
import { pullRequestHeadBranchDeletion } from './pull-request-head-branch-deletion/pull-request-head-branch-deletion.ts';
import { pullRequestLabels } from './pull-request-labels/pull-request-labels.ts';
import { pullRequestNamingEnforcer } from './pull-request-naming-enforcer/pull-request-naming-enforcer.ts';
import { pullRequestReleaseBranchCreation } from './pull-request-release-branch-creation/pull-request-release-branch-creation.ts';
import { pullRequestReviewersAssign } from './pull-request-reviewers-assign/pull-request-reviewers-assign.ts';
import { reopenOnComment } from './reopen-on-comment/reopen-on-comment.ts';

export { findProgram } from './run-program.ts';

/** Every operation that YAML may name. A new one is added here. */
export const operations = defineRegistry([
  clangFormatValidator,
  closeStale,
  cppcheckValidator,
  branchDeletedCheckmarxCleanup,
  pullRequestCheckmarx,
  pullRequestForbiddenFiles,
  pullRequestHeadBranchDeletion,
  pullRequestLabels,
  pullRequestNamingEnforcer,
  pullRequestReleaseBranchCreation,
  pullRequestReviewersAssign,
  reopenOnComment,
]);
