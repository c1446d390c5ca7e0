// An operation as the OpenAPI document describes it, references followed, versions evened out (3.0, 3.1, 3.2).
import type { OperationName } from "../core/exchange.ts";
import type { SecurityAlternatives } from "../core/security.ts";
import type { Located } from "./located.ts";

export type ParameterPlace = "path" | "query" | "header" | "cookie";
export type ParameterStyle =
  | "simple"
  | "label"
  | "matrix"
  | "form"
  | "spaceDelimited"
  | "pipeDelimited"
  | "deepObject"
  | "cookie";

export interface Parameter {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required: boolean;
  /** Defaults by place filled in (OpenAPI 3.1, 4.8.12). */
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  readonly allowEmptyValue: boolean;
  /** Undefined only when `content` is given. */
  readonly schema: Located | undefined;
  /** Media type and schema where the parameter is described by `content`. */
  readonly content: MediaType | undefined;
  readonly at: Located;
}

export interface MediaType {
  /** As declared, lower case, with its parameters: `application/json`, `text/*`. */
  readonly name: string;
  readonly schema: Located | undefined;
  /** `encoding` of form and multipart bodies, by property. */
  readonly encoding: Located | undefined;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: readonly MediaType[];
}

export interface ResponseDescription {
  /** `200`, `4XX` or `default`. */
  readonly status: string;
  readonly content: readonly MediaType[];
  /** Lower-case field name to schema. */
  readonly headers: ReadonlyMap<string, Located>;
  /** Lower-case names of fields that must be there. */
  readonly requiredHeaders: readonly string[];
}

export interface Operation extends OperationName {
  /** `template` once for each base path that `servers` give; the first is `template` itself. */
  readonly templates: readonly string[];
  /** Template below the servers' base path, as the document writes it. */
  readonly documentTemplate: string;
  /** What `security` says here or at the root; undefined when the document is silent about this operation. */
  readonly security: SecurityAlternatives | undefined;
  /** The `security` that it comes from, the operation's own or the root's. */
  readonly securityAt: Located | undefined;
  /** Path-level parameters merged in; names of header parameters are lower case. */
  readonly parameters: readonly Parameter[];
  readonly requestBody: RequestBody | undefined;
  readonly responses: readonly ResponseDescription[];
  readonly at: Located;
}

export interface SecurityScheme {
  readonly name: string;
  readonly type: "apiKey" | "http" | "oauth2" | "openIdConnect" | "mutualTLS";
  /** For `http`: lower-case scheme, `bearer`, `basic`. */
  readonly scheme: string | undefined;
  /** For `apiKey`. */
  readonly in: "header" | "query" | "cookie" | undefined;
  readonly parameterName: string | undefined;
  readonly openIdConnectUrl: string | undefined;
  readonly at: Located;
}
