// The parameter by which Rails, Laravel, Symfony and others take a POST for another method (G08), in the spellings that reach it.

/** Where it comes undeclared: in a query, a form, or JSON, whose name is read as it is. */
export const METHOD_PARAMETER = "_method";

/** PHP drops spaces before a name and writes a dot as `_`; who makes a list of `_method[]` may still read it as text. */
const SPELLINGS = /^ *[_.]method(?:\[|$)/;

/** Whether some reader takes a decoded name for that parameter. */
export function namesMethod(name: string): boolean {
  return SPELLINGS.test(name);
}
