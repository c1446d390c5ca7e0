// Guesses the path templates of undeclared paths: which segments are ids, and what declared templates already call them.

/** Stands in a guessed template where a value stood. */
export const VALUE = "{}";

export type ValueType = "integer" | "uuid" | "string";

export interface Guess {
  /** `/customers/{}/orders` */
  readonly template: string;
  /** For each value, what it looks like. */
  readonly types: readonly ValueType[];
}

interface Node {
  readonly literals: Map<string, Node>;
  value: Node | undefined;
  /** Whether the declared parameter takes numbers only. */
  numeric: boolean;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const INTEGER = /^\d+$/;
/** As validation takes it for a number: without zeros before it, and kept by a double. */
const PLAIN_INTEGER = /^(?:0|[1-9]\d{0,14})$/;
const SHAPES: readonly RegExp[] = [
  INTEGER,
  UUID,
  // ULID
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i,
  // Hexadecimal with a digit in it: `facade` is a word.
  /^(?=.*\d)[0-9a-f]{8,}$/i,
  /^[0-9a-f]{24,}$/i,
  // Numbers with a prefix, and dates: `ord_1042`, `INV-2026-17`, `2026-11-26`.
  /^(?:[A-Za-z]{1,8}[-_.])?\d{2,}(?:[-_.]\d+)*$/,
  // Keys: letters and digits mixed.
  /^(?=(?:.*\d){3})(?=.*[A-Za-z])[\w~-]{12,}$/,
  /\[masked\]|@|%40/,
];
const VERSION = /^v\d+(?:[.\d]*)$/i;

/** Whether a segment looks like the name of one record rather than of a kind of records. */
function looksLikeId(segment: string): boolean {
  return !VERSION.test(segment) && SHAPES.some((shape) => shape.test(segment));
}

export class PathGuesser {
  readonly #root = newNode();

  /** `numeric`: the template's parameters that take numbers only. */
  declare(template: string, numeric: ReadonlySet<string>): void {
    let node = this.#root;
    for (const segment of template.split("/").slice(1)) {
      const name = /^\{([^{}]*)\}$/.exec(segment)?.[1];
      if (name === undefined) {
        let next = node.literals.get(segment);
        if (next === undefined) node.literals.set(segment, (next = newNode()));
        node = next;
      } else {
        if (node.value === undefined) {
          node.value = newNode();
          node.value.numeric = numeric.has(name);
        }
        node = node.value;
      }
    }
  }

  guess(path: string): Guess {
    const types: ValueType[] = [];
    let node: Node | undefined = this.#root;
    const segments = path.split("/").slice(1);
    const guessed = segments.map((segment) => {
      const literal: Node | undefined = node?.literals.get(segment);
      const declared: Node | undefined = literal ?? node?.value;
      const isValue =
        literal === undefined &&
        segment !== "" &&
        (looksLikeId(segment) || (declared !== undefined && !declared.numeric));
      node = isValue || literal !== undefined ? declared : undefined;
      if (!isValue) return segment;
      types.push(PLAIN_INTEGER.test(segment) ? "integer" : UUID.test(segment) ? "uuid" : "string");
      return VALUE;
    });
    return { template: `/${guessed.join("/")}`, types };
  }
}

function newNode(): Node {
  return { literals: new Map(), value: undefined, numeric: false };
}
