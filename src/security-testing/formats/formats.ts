// Every form that findings can be written in, and the file of each where several are asked for.
import type { TestResult } from "../result.ts";

export interface Format {
  /** Its name in a folder of reports. */
  readonly file: string;
  readonly load: () => Promise<(result: TestResult) => string>;
}

export const FORMATS: Readonly<Record<string, Format>> = {
  sarif: { file: "portcullis.sarif", load: async () => (await import("./sarif.ts")).toSarif },
  junit: { file: "portcullis.junit.xml", load: async () => (await import("./junit.ts")).toJunit },
  html: { file: "portcullis.html", load: async () => (await import("./html.ts")).toHtml },
  json: { file: "portcullis.json", load: async () => (await import("./json.ts")).toJson },
  markdown: { file: "portcullis.md", load: async () => (await import("./markdown.ts")).toMarkdown },
  sonar: { file: "portcullis.sonar.json", load: async () => (await import("./sonar.ts")).toSonar },
};
