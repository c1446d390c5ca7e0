// Which OpenAPI a document is written in, and what to do where it is none that is supported.
import { type Located, type Position, ProblemsError } from "./located.ts";
import { isObject } from "./pointer.ts";

export type Version = "3.0" | "3.1" | "3.2";

/** Reads `openapi`. Throws ProblemsError for everything but 3.0, 3.1 and 3.2. */
export function readVersion(set: { root: Located; position(at: Located, key?: string): Position }): Version {
  const { value, file } = set.root;
  const refuse = (message: string, remedy: string, key?: string): never => {
    throw new ProblemsError([
      {
        severity: "error",
        rule: "openapi.version",
        message: `${file}: ${message}`,
        remedy,
        position: set.position(set.root, key),
      },
    ]);
  };
  if (!isObject(value))
    return refuse("this is not an OpenAPI document", 'It must be an object that begins with "openapi": "3.1.0".');
  if (value["swagger"] !== undefined) {
    return refuse(
      "Swagger 2.0 is not supported",
      "Convert it to OpenAPI 3 first, for example with the package swagger2openapi.",
      "swagger",
    );
  }
  const declared = value["openapi"];
  if (declared === undefined)
    return refuse('"openapi" is missing', "Add the version of OpenAPI it is written in, for example openapi: 3.1.0.");
  const version = typeof declared === "string" ? /^(3\.[012])\.\d+(?:-.+)?$/.exec(declared)?.[1] : undefined;
  if (version === undefined) {
    return refuse(
      `"openapi" is ${JSON.stringify(declared)}`,
      "Supported are 3.0.x, 3.1.x and 3.2.x, written as a string with all three numbers.",
      "openapi",
    );
  }
  return version as Version;
}
