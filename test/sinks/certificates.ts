// An authority of the test's own, and certificates that it gives: for servers with the right and the wrong name, and for clients.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly folder = mkdtempSync(path.join(tmpdir(), "portcullis-authority-"));
  readonly ca: string;
  #count = 0;

  constructor() {
    this.#openssl("req", "-x509", ...EC, "-subj", "/CN=Test Authority", "-days", "2", ...this.#files("ca"));
    this.ca = readFileSync(this.file("ca.crt"), "utf8");
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** `names` as openssl has them: `DNS:localhost,IP:127.0.0.1`. */
  issue(names: string): Issued {
    const name = `c${(this.#count += 1)}`;
    const extensions = this.file(`${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    const request = ["-keyout", this.file(`${name}.key`), "-out", this.file(`${name}.csr`)];
    this.#openssl("req", ...EC, "-subj", `/CN=${name}`, ...request);
    const by = ["-CA", this.file("ca.crt"), "-CAkey", this.file("ca.key"), "-CAcreateserial", "-days", "2"];
    const files = ["-in", this.file(`${name}.csr`), "-out", this.file(`${name}.crt`), "-extfile", extensions];
    this.#openssl("x509", "-req", ...files, ...by);
    return {
      cert: readFileSync(this.file(`${name}.crt`), "utf8"),
      key: readFileSync(this.file(`${name}.key`), "utf8"),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #files(name: string): string[] {
    return ["-keyout", this.file(`${name}.key`), "-out", this.file(`${name}.crt`)];
  }

  #openssl(...given: string[]): void {
    execFileSync("openssl", given, { stdio: "pipe" });
  }
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
