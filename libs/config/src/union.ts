import type { TSchema } from 'typebox';
import { adviceFor } from './advice.ts';
import { type CheckContext, nameOf, pathOf } from './check-context.ts';
import { type ConfigProblem, oneOf } from './problem.ts';
import { isExtension, keysOf, keyword, kindOf, kindsOf, literalsOf, shapeOf } from './schema-shape.ts';
import { plainValue, type SourceNode } from './source-node.ts';
import { describe, expectation } from './wording.ts';

/**
 * A value that fits no branch has one mistake, not one for each branch: that of the branch that was meant. That is the
 * one whose literals (such as `name: codeowners`) fit, else the one with the fewest mistakes among those that take this
 * kind of value at all.
 */
export function checkUnion(
  schema: TSchema,
  branches: readonly TSchema[],
  node: SourceNode,
  context: CheckContext,
  checkBranch: (branch: TSchema, trial: Required<Pick<CheckContext, 'problems' | 'otherWays'>>) => unknown,
): unknown {
  const kind = kindOf(node);
  const candidates = branches.filter((branch) => literalsOf(branch) === undefined && kindsOf(branch).has(kind));
  const discriminator = commonDiscriminator(candidates, node);
  const meant = discriminator ? candidates.filter((branch) => discriminator.fits(branch)) : candidates;
  if (discriminator && meant.length === 0) return discriminator.report(context);

  // What tells the ways apart is their keys then, so that one of another way is no riddle.
  const otherWays = discriminator ? [] : meant.flatMap(keysOf);
  const trials = meant.map((branch) => {
    const problems: ConfigProblem[] = [];
    return { branch, problems, value: checkBranch(branch, { problems, otherWays }) };
  });
  trials.sort((a, b) => a.problems.length - b.problems.length);
  const [best] = trials;
  if (best && (best.problems.length === 0 || saysMore(best.branch))) {
    context.problems.push(...best.problems);
    return best.value;
  }
  const value = plainValue(node);
  if (!branches.some((branch) => literalsOf(branch)?.some((literal) => literal === value))) {
    const name = nameOf(context);
    context.problems.push({
      place: node.location,
      arrived: `${name} is ${describe(node, context.quote)}`,
      allowed: `allowed: ${expectation(schema)}`,
      advice: adviceFor(schema, node, context.quote),
    });
  }
  return value;
}

/** Do the mistakes of this branch tell more than that the value fits no branch? */
function saysMore(branch: TSchema): boolean {
  if (shapeOf(branch).kind !== 'leaf' || isExtension(branch)) return true;
  return keyword(branch, 'x-file') !== undefined || keyword(branch, 'x-pem') !== undefined;
}

interface Discriminator {
  fits(branch: TSchema): boolean;
  /** Says that the value fits no branch. */
  report(context: CheckContext): unknown;
}

/** The key, if any, that holds literals in every branch and that the value has. */
function commonDiscriminator(branches: readonly TSchema[], node: SourceNode): Discriminator | undefined {
  if (node.kind !== 'map' || branches.length < 2) return undefined;
  for (const { key, value: child } of node.entries) {
    const literals = branches.map((branch) => literalsAt(branch, key));
    if (!literals.every((values) => values !== undefined)) continue;
    const value = plainValue(child);
    return {
      fits: (branch) => literalsAt(branch, key)?.includes(value) ?? false,
      report: (context) => {
        const name = `"${pathOf(context, key)}"`;
        const allowed = [...new Set(literals.flat())].map(String);
        const merged = { enum: allowed };
        context.problems.push({
          place: child.location,
          arrived: `${name} is ${describe(child, context.quote)}`,
          allowed: `allowed: ${oneOf(allowed)}`,
          advice: adviceFor(merged, child, context.quote),
        });
        return plainValue(node);
      },
    };
  }
  return undefined;
}

function literalsAt(branch: TSchema, key: string): readonly unknown[] | undefined {
  const shape = shapeOf(branch);
  const property = shape.kind === 'map' && Object.hasOwn(shape.properties, key) ? shape.properties[key] : undefined;
  return property && literalsOf(property);
}
