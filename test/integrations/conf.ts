// Splunk's configuration files as its manual describes them: stanzas with keys, `#` comments, and lines that go on after a backslash.

export type Conf = ReadonlyMap<string, ReadonlyMap<string, string>>;

export function parseConf(text: string): Conf {
  const stanzas = new Map<string, Map<string, string>>();
  let stanza: Map<string, string> | undefined;
  const lines = text.replaceAll(/\\\n/g, "").split("\n");
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const head = /^\[(.*)\]$/.exec(line);
    if (head !== null) {
      const name = head[1] as string;
      if (stanzas.has(name)) throw new Error(`line ${i + 1}: [${name}] stands there twice`);
      stanzas.set(name, (stanza = new Map()));
      continue;
    }
    const pair = /^([^\s=][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (pair === null || stanza === undefined) throw new Error(`line ${i + 1}: neither stanza nor key: ${line}`);
    const [, key, value] = pair as unknown as [string, string, string];
    if (stanza.has(key)) throw new Error(`line ${i + 1}: ${key} stands there twice`);
    stanza.set(key, value);
  }
  return stanzas;
}
