import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

describe('a Redis URL', () => {
  it.each([
    ['redis://localhost', { kind: 'server', tls: false, nodes: [{ host: 'localhost', port: 6379 }], db: 0 }],
    [
      'rediss://user:p%40ss:word@redis.example:6380/2',
      {
        kind: 'server',
        tls: true,
        username: 'user',
        password: 'p@ss:word',
        nodes: [{ host: 'redis.example', port: 6380 }],
        db: 2,
      },
    ],
    ['redis://:secret@[::1]:6379/', { password: 'secret', username: undefined, nodes: [{ host: '::1', port: 6379 }] }],
    ['rediss://host?certificate-path=/etc/ca.pem', { tls: true, certificatePath: '/etc/ca.pem' }],
    [
      'redis+sentinel://:secret@a,b:26380/octo/1?sentinel-password=o+th%2Fer==',
      {
        kind: 'sentinel',
        name: 'octo',
        db: 1,
        password: 'secret',
        sentinelPassword: 'o+th/er==',
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
      },
    ],
    [
      'rediss+cluster://a:7000,b:7001,c',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
  ])('is %s', (url, place) => {
    expect(parseRedisUrl(url)).toMatchObject(place);
  });

  it.each([
    ['http://user:s3cret@host', 'another form'],
    ['redis://', 'another form'],
    ['redis://user:s3cret@host name', 'another form'],
    ['redis://user:s3cret@host:99999', 'a host is'],
    ['redis://a,b', 'more than one host'],
    ['redis://user:s3cret@host/db', 'a database is a number'],
    ['redis://host/1/2', 'at most "/" and the number'],
    ['redis+sentinel://a:26379', 'the name of the primary'],
    ['redis+cluster://a/1', 'database 0 alone'],
    ['redis://host?tls=yes', '"?tls" is not known'],
    ['redis://host?certificate-path=/etc/ca.pem', 'for TLS, so for rediss'],
    ['rediss://host?certificate-path=', '"?certificate-path" has one value'],
    ['redis+cluster://a?sentinel-password=s3cret', 'for Sentinels'],
    ['redis+sentinel://a/octo?sentinel-password=s3cret&sentinel-password=s3cret', '"?sentinel-password" has one value'],
    ['redis+sentinel://a/octo?sentinel-password=s3cret%', '%25'],
    ['redis://:100%@host', '%25'],
  ])('is not %s, and the message has no secret', (url, message) => {
    const error = (() => {
      try {
        return parseRedisUrl(url);
      } catch (reason) {
        return reason;
      }
    })();
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
    expect(String(error)).toContain('redis+cluster://');
    expect(String(error)).not.toContain('s3cret');
  });
});
