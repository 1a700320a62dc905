import type { Server } from 'node:https';
import { type Logger, logKey } from '@octo-bots/telemetry';
import { type KeyPair, readKeyPair, type TlsFiles } from './certificate.ts';

const lookEveryMs = 5_000;

/**
 * Takes up a renewed certificate without a restart: connections that are open keep the old one, new ones get the new one.
 *
 * Looking → the files hold another pair that can serve: taken up. Another pair that cannot, such as a certificate whose key is not
 * written yet: the old one goes on serving, the mistake is logged once, and it is looked at again.
 *
 * The files are read, not watched: what renews them replaces links and folders, which a watch would lose.
 */
export class CertificateRenewal {
  readonly #server: Pick<Server, 'setSecureContext'>;
  readonly #files: TlsFiles;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #serving: KeyPair;
  #complaint: string | undefined;
  #looking = false;

  constructor(options: { server: Pick<Server, 'setSecureContext'>; files: TlsFiles; serving: KeyPair; log: Logger }) {
    this.#server = options.server;
    this.#files = options.files;
    this.#serving = options.serving;
    this.#log = options.log;
    this.#timer = setInterval(() => void this.#look(), options.files.lookEveryMs ?? lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const found = await readKeyPair(this.#files);
      this.#complaint = undefined;
      if (found.cert === this.#serving.cert && found.key === this.#serving.key) return;
      this.#server.setSecureContext(found);
      this.#serving = found;
      this.#log.info({ [logKey.file]: this.#files.cert }, 'renewed certificate taken up');
    } catch (err) {
      const complaint = err instanceof Error ? err.message : String(err);
      if (complaint === this.#complaint) return;
      this.#complaint = complaint;
      this.#log.error({ [logKey.err]: err }, 'the certificate in the files cannot serve; the old one stays');
    } finally {
      this.#looking = false;
    }
  }
}
