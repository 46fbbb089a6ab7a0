import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  certFile: string;
  keyFile: string;
}

export interface TestAuthority extends Certificate {
  /** PEM. */
  cert: string;
  /** A certificate for these names and addresses. */
  issue(name: string, ...names: string[]): Certificate;
  remove(): void;
}

/** A private certificate authority in a temporary folder, made with the `openssl` program. Servers of other users can read it. */
export function createAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), "parley-certificates-"));
  chmodSync(folder, 0o755);
  const run = (...args: string[]) => execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  const at = (file: string) => join(folder, file);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const own = { certFile: at("ca.pem"), keyFile: at("ca.key") };
  run(
    "req",
    "-x509",
    ...key,
    "-days",
    "2",
    "-subj",
    "/CN=Test Authority",
    "-keyout",
    own.keyFile,
    "-out",
    own.certFile,
  );
  return {
    ...own,
    cert: readFileSync(own.certFile, "utf8"),
    issue(first, ...others) {
      const made = { certFile: at(`${first}.pem`), keyFile: at(`${first}.key`) };
      const [request, extensions] = [at(`${first}.csr`), at(`${first}.ext`)];
      const names = [first, ...others].map((each) => `${/^[\d.]+$|:/.test(each) ? "IP" : "DNS"}:${each}`);
      writeFileSync(extensions, `subjectAltName=${names.join(",")}\n`);
      run("req", ...key, "-subj", `/CN=${first}`, "-keyout", made.keyFile, "-out", request);
      const signed = ["-CA", own.certFile, "-CAkey", own.keyFile, "-CAcreateserial", "-days", "2"];
      run("x509", "-req", "-in", request, ...signed, "-extfile", extensions, "-out", made.certFile);
      return made;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
