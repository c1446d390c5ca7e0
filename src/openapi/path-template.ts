// Path templates (`/orders/{id}.json`) cut into segments, in the one spelling in which they are compared with requests.

/** A segment without parameters. `literal` is as it stands on the wire. */
export interface LiteralSegment {
  readonly kind: "literal";
  readonly literal: string;
}

/** A segment that is one parameter. */
export interface ParameterSegment {
  readonly kind: "parameter";
  readonly name: string;
}

/** A segment of literal text and parameters: `literals` stand before, between and after the `names`. */
export interface MixedSegment {
  readonly kind: "mixed";
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

export type Segment = LiteralSegment | ParameterSegment | MixedSegment;

export interface PathTemplate {
  readonly segments: readonly Segment[];
  /** Names of the parameters in the order in which they stand. */
  readonly names: readonly string[];
}

/** What makes a template unusable, with the remedy. */
export interface TemplateFault {
  readonly fault: string;
  readonly remedy: string;
}

/**
 * The spelling of literal text on the wire: what RFC 3986 (3.3) lets stand in a path stays as the document writes it, percent-encoded
 * triplets too; everything else (letters beyond ASCII, spaces) becomes UTF-8, percent-encoded with capitals (2.1).
 * Requests are compared with that byte for byte.
 */
function wireSpelling(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@%/]+/g, (part) =>
    encodeURIComponent(part.isWellFormed() ? part : part.toWellFormed()),
  );
}

/** Cuts a template. A template that no request could match, or that could be read in two ways, is a fault. */
export function parseTemplate(template: string): PathTemplate | TemplateFault {
  if (!template.startsWith("/")) return { fault: "does not begin with a slash", remedy: `Write "/${template}".` };
  const names: string[] = [];
  const segments: Segment[] = [];
  for (const text of splitOutsideBraces(template.slice(1))) {
    const segment = parseSegment(text);
    if ("fault" in segment) return segment;
    if (segment.kind === "parameter") names.push(segment.name);
    if (segment.kind === "mixed") names.push(...segment.names);
    segments.push(segment);
  }
  if (segments.some((segment, i) => segment.kind === "literal" && segment.literal === "" && i < segments.length - 1)) {
    return { fault: "has an empty segment", remedy: "Write one slash where there are two." };
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return { fault: `names the parameter "${twice}" twice`, remedy: "Give each its own name." };
  return { segments, names };
}

function splitOutsideBraces(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let inside = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character === "{") inside = true;
    else if (character === "}") inside = false;
    else if (character === "/" && !inside) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseSegment(text: string): Segment | TemplateFault {
  const literals: string[] = [];
  const names: string[] = [];
  let rest = text;
  for (;;) {
    const open = rest.indexOf("{");
    const literal = open < 0 ? rest : rest.slice(0, open);
    if (literal.includes("}")) return { fault: 'has a "}" without "{"', remedy: "Write parameters as {name}." };
    const fault = literalFault(literal);
    if (fault !== undefined) return fault;
    literals.push(wireSpelling(literal));
    if (open < 0) break;
    const close = rest.indexOf("}", open);
    const name = close < 0 ? "" : rest.slice(open + 1, close);
    if (name === "" || /[{/]/.test(name))
      return { fault: "has a parameter without a proper name", remedy: "Write parameters as {name}." };
    if (names.length > 0 && literal === "") {
      return {
        fault: `has nothing between {${names.at(-1)}} and {${name}}`,
        remedy: "Part them by literal text or a slash: it cannot be told where one ends.",
      };
    }
    names.push(name);
    rest = rest.slice(close + 1);
  }
  if (names.length === 0) {
    if (/^\.\.?$/.test(literals[0] as string))
      return { fault: "has a dot segment", remedy: "Write the path without . and .." };
    return { kind: "literal", literal: literals[0] as string };
  }
  if (names.length === 1 && literals.every((literal) => literal === ""))
    return { kind: "parameter", name: names[0] as string };
  return { kind: "mixed", literals, names };
}

function literalFault(literal: string): TemplateFault | undefined {
  if (literal.includes("?")) return { fault: "has a query", remedy: "Describe it by parameters with `in: query`." };
  if (literal.includes("#")) return { fault: "has a fragment", remedy: "Leave it out: no client sends it." };
  if (/%(?![0-9A-Fa-f]{2})/.test(literal))
    return { fault: 'has a "%" that encodes nothing', remedy: 'Write "%25" for a percent sign.' };
  return undefined;
}
