// The exact commands by which a person trusts the development authority.

export interface TrustCommands {
  /** For one curl call, nothing installed. */
  readonly curl: string;
  /** For one Node process. */
  readonly node: string;
  /** For the whole machine or account: undefined where no command is known. */
  readonly system: string | undefined;
}

export function trustCommands(authorityFile: string, url: string, platform: NodeJS.Platform): TrustCommands {
  const file = platform === "win32" ? `"${authorityFile}"` : quoted(authorityFile);
  return {
    curl: `curl --cacert ${file} ${url}`,
    node: platform === "win32" ? `set NODE_EXTRA_CA_CERTS=${authorityFile}` : `NODE_EXTRA_CA_CERTS=${file} node …`,
    system: systemCommand(file, platform),
  };
}

function systemCommand(file: string, platform: NodeJS.Platform): string | undefined {
  if (platform === "darwin") {
    return `security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db ${file}`;
  }
  if (platform === "win32") return `certutil -user -addstore Root ${file}`;
  if (platform !== "linux") return undefined;
  return `sudo cp ${file} /usr/local/share/ca-certificates/portcullis-development.crt && sudo update-ca-certificates`;
}

/** For a POSIX shell. */
function quoted(file: string): string {
  return /^[\w/.@%+-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}
