import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range from which operating systems take the ports of outgoing connections (Linux: from 32 768), so that a
 * server which stops for a while finds its port still free.
 */
const firstPort = 20_000;
const portCount = 12_000;

/** @returns a port of 127.0.0.1 that nobody listens on now; another process may take it before you do. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = firstPort + Math.floor(Math.random() * portCount);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among 100 random ones between ${firstPort} and ${firstPort + portCount}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
