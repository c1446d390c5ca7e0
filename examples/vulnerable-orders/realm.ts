// Preferences are merged in a realm of their own: a polluted prototype there is every user's of this shop, and nobody else's in the process.
import { createContext, runInContext } from "node:vm";

const CAREFUL = `(stored, text) => {
  const merge = (to, from) => {
    for (const [key, value] of Object.entries(from)) {
      if (key === "__proto__" || key === "constructor" || key === "prototype") continue;
      const isObject = typeof value === "object" && value !== null;
      to[key] = isObject ? merge(Object.hasOwn(to, key) ? Object(to[key]) : {}, value) : value;
    }
    return to;
  };
  merge(stored, JSON.parse(text));
}`;

/** As it stands in a hundred packages. */
const CARELESS = `(stored, text) => {
  const merge = (to, from) => {
    for (const key in from) {
      if (typeof from[key] === "object" && from[key] !== null) {
        if (typeof to[key] !== "object") to[key] = {};
        merge(to[key], from[key]);
      } else to[key] = from[key];
    }
  };
  merge(stored, JSON.parse(text));
}`;

/** What is inherited is shown, too. */
const SHOWN = `(stored) => {
  const all = {};
  for (const key in stored) all[key] = stored[key];
  return JSON.stringify(all);
}`;

export class Realm {
  readonly #context = createContext({});

  empty(): object {
    return runInContext("({})", this.#context) as object;
  }

  merge(stored: object, text: string, isCareful: boolean): void {
    (this.#run(isCareful ? CAREFUL : CARELESS) as (stored: object, text: string) => void)(stored, text);
  }

  shown(stored: object): unknown {
    return JSON.parse((this.#run(SHOWN) as (stored: object) => string)(stored));
  }

  #run(source: string): unknown {
    return runInContext(source, this.#context);
  }
}
