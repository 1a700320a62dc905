export { boundLog } from './bound-log.ts';
export { ClientPool } from './client-pool.ts';
export { EventMatcher, type MatchResult, type PassedOver } from './event-matcher.ts';
export { createMemoryLedger, type Ledger, type LedgerEntry } from './ledger.ts';
export {
  asAsked,
  dueForRedelivery,
  givenUp,
  lookAtPage,
  type MissedChanges,
  type MissedDeliveries,
  type MissedDelivery,
  type PageFindings,
  type RecoveryPolicy,
  type RecoveryProgress,
  type Scan,
  scanOf,
  usualRecoveryPolicy,
} from './missed-deliveries.ts';
export { runBackgroundJob } from './run-background-job.ts';
export { abandonBot, runBot } from './run-bot.ts';
export type { OperationReport, RunReport, RunStatus } from './run-report.ts';
