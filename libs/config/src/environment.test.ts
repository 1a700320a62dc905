// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is about the form ${NAME} in YAML
import { describe, expect, it } from 'vitest';
import { deploymentOf, head, messagesOf } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

const doing = 'operations: [pull-request-labels]';
const settings = (block: string) => head.replace('settings: {}', `settings:\n${block}`);

describe('${NAME} in YAML', () => {
  it('is the value of the environment variable, a number or true and false where such a value stands', async () => {
    const main = settings(
      '  parallel-background-jobs: ${JOBS}\n  parallel-bots: "${PARALLEL}"\n  bots-endpoint: /${FIRST}/${SECOND}\n',
    );
    const environment = { JOBS: '3', PARALLEL: 'false', FIRST: 'a', SECOND: '7' };
    const { settings: read } = await deploymentOf({ 'octo-bots.yml': main }, { environment });
    expect(read).toMatchObject({ parallelBackgroundJobs: 3, parallelBots: false, botsEndpoint: '/a/7' });
  });

  it('takes its default when the variable is not set, or empty', async () => {
    const main = settings('  parallel-background-jobs: ${JOBS:-4}\n  bots-endpoint: ${ENDPOINT:-/hooks}\n');
    const { settings: read } = await deploymentOf({ 'octo-bots.yml': main }, { environment: { JOBS: '' } });
    expect(read).toMatchObject({ parallelBackgroundJobs: 4, botsEndpoint: '/hooks' });
  });

  it('names a file, relative to the file that names it', async () => {
    const main = head.replace('app.yml', '${CREDENTIALS}');
    const { credentials } = await deploymentOf({ 'octo-bots.yml': main }, { environment: { CREDENTIALS: 'app.yml' } });
    expect(credentials).toHaveLength(1);
  });

  it('gives a secret that looks like a number as a text', async () => {
    const main = head.replace('app-creds-path: app.yml', 'app-creds-path: other.yml');
    const other =
      'app-id: ${APP_ID}\nclient-id: i\nclient-secret: ${SECRET}\nprivate-key-path: keys/app.pem\nwebhook-secret: w\n';
    const environment = { APP_ID: '12', SECRET: '123456' };
    expect(await messagesOf({ 'octo-bots.yml': main, 'other.yml': other }, { environment })).toEqual([]);
  });

  it('stands for itself as $${NAME}, and ${{ of another language is left alone', async () => {
    const { bots } = await deploymentOf({
      'octo-bots.yml': `${head}bots: [{ name: '$\${NAME} of \${{x}}', ${doing} }]\n`,
    });
    expect(bots.map(({ name }) => name)).toEqual(['${NAME} of ${{x}}']);
  });

  it('is not looked for in what came out of a variable, nor in a key or a comment', async () => {
    const main = `${head}# \${A-COMMENT}\nbots: [{ name: 'bot \${A}', ${doing} }]\n`;
    const { bots } = await deploymentOf({ 'octo-bots.yml': main }, { environment: { A: '${B}' } });
    expect(bots.map(({ name }) => name)).toEqual(['bot ${B}']);
    const [problem] = await messagesOf({ 'octo-bots.yml': settings('  ${A}: 1\n') }, { environment: { A: 'x' } });
    expect(problem).toContain('unknown key "${A}"');
  });

  expectMessages([
    {
      title: 'says where a variable that is not set stands, all of them at once',
      main: settings('  bots-endpoint: /x/${ENDPOINT}\n  parallel-background-jobs: ${JOBS}\n'),
      environment: { ENDPOINTS: '/x' },
      messages: [
        'octo-bots.yml:2:21 the environment variable ENDPOINT is not set; allowed: one that is set for this process, or one with a default. Set ENDPOINT, or write "${ENDPOINT:-default}". Did you mean ENDPOINTS?',
        'octo-bots.yml:3:29 the environment variable JOBS is not set; allowed: one that is set for this process, or one with a default. Set JOBS, or write "${JOBS:-default}".',
      ],
    },
    {
      title: 'says what is no name of a variable',
      main: settings('  bots-endpoint: "/${MY-VAR}/${X:?}/${open"\n'),
      messages: [
        'octo-bots.yml:2:20 what "${" begins here names no environment variable; allowed: ${NAME} or ${NAME:-default}. Correct it, or write "$${" where "${" is meant as a text.',
        'octo-bots.yml:2:30 what "${" begins here names no environment variable; allowed: ${NAME} or ${NAME:-default}. Correct it, or write "$${" where "${" is meant as a text.',
        'octo-bots.yml:2:37 what "${" begins here names no environment variable; allowed: ${NAME} or ${NAME:-default}. Correct it, or write "$${" where "${" is meant as a text.',
      ],
    },
    {
      title: 'takes no other variable as its default, set or not',
      main: settings('  bots-endpoint: ${A:-/x/${B}}\n  parallel-background-jobs: ${SET:-${B:-3}}\n'),
      environment: { SET: '1' },
      messages: ['2:18', '3:29'].map(
        (place) =>
          `octo-bots.yml:${place} the default of what begins here has a "\${" in it; allowed: \${NAME:-default} with a default that is plain text. Write the default out, or leave it to what sets the variable.`,
      ),
    },
    {
      title: 'wants quotes between brackets, as YAML has it',
      files: {
        'app.yml':
          'app-id: 1\nclient-id: i\nclient-secret: s\nprivate-key-path: keys/app.pem\nwebhook-secret: [${OLD}, ${NEW}]\n',
      },
      messages: [
        'app.yml:5:18 a reference to an environment variable stands without quotes between brackets; allowed: such a text in quotes. Put it in quotes, as in "${NAME}".',
      ],
    },
    {
      title: 'has its own place each time that it stands in a text, escaped ones aside',
      files: {
        'app.yml':
          'app-id: 1\nclient-id: i\nclient-secret: "$${NO} ${NO} ${NO}"\nprivate-key: |\n  ${NO}\n  x ${NO}\nwebhook-secret: w\n',
      },
      messages: ['3:24', '3:30', '5:3', '6:5'].map(
        (place) =>
          `app.yml:${place} the environment variable NO is not set; allowed: one that is set for this process, or one with a default. Set NO, or write "\${NO:-default}".`,
      ),
    },
    {
      title: 'says nothing of a secret with a "${" in it',
      files: {
        'app.yml':
          'app-id: 1\nclient-id: i\nclient-secret: s${ecr&t\nprivate-key-path: keys/app.pem\nwebhook-secret: w\n',
      },
      messages: [
        'app.yml:3:17 what "${" begins here names no environment variable; allowed: ${NAME} or ${NAME:-default}. Correct it, or write "$${" where "${" is meant as a text.',
      ],
    },
    {
      title: 'is checked like any other value',
      main: settings('  parallel-background-jobs: ${JOBS}\n'),
      environment: { JOBS: 'many' },
      messages: [
        'octo-bots.yml:2:29 "parallel-background-jobs" is "many"; allowed: a whole number of 1 or more. Write such a number.',
      ],
    },
    {
      title: 'says nothing of the value of a secret',
      files: {
        'app.yml':
          'app-id: ${APP_ID}\nclient-id: i\nclient-secret: s\nprivate-key-path: keys/app.pem\nwebhook-secret: w\n',
      },
      environment: { APP_ID: 'hidden-value' },
      messages: ['app.yml:1:9 "app-id" is a text; allowed: the number of a GitHub App. Write such a value.'],
    },
  ]);
});
