import { generateKeyPairSync } from 'node:crypto';
import { type DeploymentInput, type WrittenDeployment, writeDeployment } from '@octo-bots/testing';

/** For tests: a small deployment, and the App that it belongs to. */

export const app = {
  id: 1,
  slug: 'octo-bot-app',
  clientId: 'client',
  clientSecret: 'client secret',
  privateKey: generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey,
  webhookSecret: 'it is a secret to everyone',
};

export function writeSmallDeployment(input: DeploymentInput = {}): Promise<WrittenDeployment> {
  return writeDeployment({
    github: { url: 'https://github.invalid', app },
    bots: `
      bots:
        - name: Tidy pull requests
          operations:
            - pull-request-naming-enforcer:
                enforced-names: ['feature/*']
          filters:
            - events-filter:
                events:
                  - name: pull_request
                    actions: [opened]
    `,
    jobs: `
      jobs:
        - name: Close stale issues
          operations:
            - close-stale:
                close-issues: true
                stale-expiration: 60 days
          every: 30 minutes
    `,
    ...input,
  });
}
