export { type AcquiredRedis, acquireRedis } from './acquire-redis.ts';
export { type FakeCxSast, startCxSast } from './checkmarx/cxsast.ts';
export type { ErrorShape } from './checkmarx/cxsast-errors.ts';
export type { CxSastQuirks } from './checkmarx/cxsast-quirks.ts';
export type {
  FakeCheckmarx,
  FakeCheckmarxOptions,
  FakeCounts,
  FakeProjectView,
  FakeScanView,
  ScannedSource,
} from './checkmarx/fake-checkmarx.ts';
export type { CheckmarxRequest, PlannedCheckmarxAnswer } from './checkmarx/fake-http.ts';
export { type FakeCheckmarxOne, startCheckmarxOne } from './checkmarx/one.ts';
export type { CheckmarxOneQuirks } from './checkmarx/one-state.ts';
export { codeBlocks } from './code-blocks.ts';
export { type ConjurOptions, startConjur, type TestConjur } from './conjur.ts';
export { type DeploymentInput, type WrittenDeployment, writeDeployment } from './deployment.ts';
export { type DockerOptions, type DockerResult, docker, tryDocker, words } from './docker.ts';
export { freePort } from './free-port.ts';
export type { AccountSeed, Installation } from './github/accounts.ts';
export { appToken } from './github/app-token.ts';
export type { Delivery, DeliveryInput } from './github/deliveries.ts';
export { type EmulatedGitHub, type GitHubOptions, startGitHub } from './github/emulated-github.ts';
export type { PlannedAnswer, SeenRequest } from './github/front.ts';
export {
  type CommentView,
  type Files,
  type IssueView,
  type People,
  type PullRequestView,
  peopleAt,
  type TreeEntry,
} from './github/people.ts';
export { type Received, receiveWebhooks, type WebhookReceiver } from './github/receiver.ts';
export type { EmulatedApp } from './github/seed.ts';
export { type PrivateAuthority, privateAuthority } from './private-authority.ts';
export {
  type CommandOutcome,
  type Exit,
  type ProcessInput,
  runOctoBots,
  startProcess,
  type TestProcess,
} from './process.ts';
export { ensurePrograms, operationPrograms } from './programs.ts';
export { type RedisOptions, startRedis, type TestRedis } from './redis.ts';
export { type RedisClusterOptions, startRedisCluster, type TestRedisCluster } from './redis-cluster.ts';
export { protectRedis, type RedisProtection } from './redis-protection.ts';
export { type RedisSentinelsOptions, startRedisSentinels, type TestRedisSentinels } from './redis-sentinel.ts';
export { startRedisTls, type TestRedisTls } from './redis-tls.ts';
export { askRedis } from './redis-wire.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export { valkeyImage } from './valkey-image.ts';
export { type Truthy, waitFor } from './wait-for.ts';
