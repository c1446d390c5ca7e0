// XPath injection (CWE-643): text that ends the predicate it was put in and selects other nodes.
import type { InjectionClass } from "./class.ts";

const PREDICATE =
  /['"] ?\] ?(?:\||\/|\[|%00)|['"] ?(?:or|and) ?(?:not ?\()?(?:name|local-name|position|last|count|string-length|substring|contains|starts-with|text|node|true|false|boolean|doc) ?\(|\| ?\/\/?[\w*@.]|(?:count|string-length|substring|name|contains|doc|string) ?\( ?\/\/?[\w*@]|\b(?:ancestor|descendant|following|preceding|parent|child|self|attribute)(?:-or-self|-sibling)?::(?:\*|\w+ ?(?:\(|\[|\/))|['"] ?(?:or|and) ?(?:\/\/|\.\.\/)/i;

/** Without any of these, nothing above can be there. */
const GLANCE = /['"]\s*(?:\]|or\b|and\b)|::|\/\/|\(\s*\/|\|\s*\//i;

export const XPATH: InjectionClass = {
  name: "xpath",
  title: "an XPath expression",
  needs: "/'\"]:",
  charactersMin: 5,
  detects: (text) => GLANCE.test(text) && PREDICATE.test(text.replace(/\s+/g, " ")),
};
