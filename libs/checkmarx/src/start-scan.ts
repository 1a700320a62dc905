import { OctoError } from '@octo-bots/core';
import type { CheckmarxProject, CheckmarxScan, ScanRequest } from './contract.ts';

/**
 * Starts a scan once. A request to start one is never simply repeated: its answer may be lost while the scan runs, so the scan
 * is looked for by its label, before the first request and after one that got no clear answer.
 */
export async function startOnce(
  request: ScanRequest,
  steps: {
    active(project: CheckmarxProject): Promise<readonly CheckmarxScan[]>;
    start(): Promise<CheckmarxScan>;
  },
): Promise<CheckmarxScan> {
  const find = async () => (await steps.active(request.project)).find(({ label }) => label === request.label);
  const there = await find();
  if (there) return there;
  try {
    return await steps.start();
  } catch (error) {
    if (!isUnclear(error)) throw error;
    const started = await find().catch((second: unknown) => {
      if (isUnclear(second)) throw error;
      throw second;
    });
    if (started) return started;
    throw error;
  }
}

function isUnclear(error: unknown): boolean {
  return error instanceof OctoError && error.code === 'CHECKMARX_REQUEST_FAILED';
}
