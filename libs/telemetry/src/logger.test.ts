import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ level, name: 'test', stream: { write: (line) => lines.push(JSON.parse(line)) } });
  return { log, lines };
}

describe('the logger', () => {
  it('writes one JSON line with level, time, name and fields', () => {
    const { log, lines } = capture();
    log.info({ delivery: 'd1' }, 'event enqueued');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'info', name: 'test', delivery: 'd1', msg: 'event enqueued' });
    expect(new Date(String(lines[0]?.time)).getTime()).toBeGreaterThan(0);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = capture('warn');
    log.info({}, 'quiet');
    log.warn({}, 'loud');
    expect(lines.map(({ msg }) => msg)).toEqual(['loud']);
  });

  it('hides fields that are secrets by their name, wherever they are', () => {
    const { log, lines } = capture();
    const secret = 's3cret';
    log.info(
      {
        password: secret,
        headers: { authorization: secret, 'x-hub-signature-256': secret },
        credentials: { github: { privateKey: secret, 'webhook-secret': secret, 'app-id': 7 } },
      },
      'x',
    );
    expect(JSON.stringify(lines)).not.toContain(secret);
    expect(JSON.stringify(lines)).toContain('"app-id":7');
  });

  it('says of an error its type, code, message, stack and causes, and nothing else', () => {
    const { log, lines } = capture();
    const cause = new Error('connect to redis://user:s3cret@host:6379 failed');
    const error = Object.assign(new Error('no queue', { cause }), {
      code: 'QUEUE_UNREACHABLE',
      request: { headers: { authorization: 's3cret' } },
    });
    log.error({ err: error }, 'event not enqueued');
    expect(lines[0]?.err).toMatchObject({
      type: 'Error',
      code: 'QUEUE_UNREACHABLE',
      message: 'no queue',
      cause: { message: 'connect to redis://[secret]@host:6379 failed' },
    });
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });
});
