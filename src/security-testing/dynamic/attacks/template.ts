// An expression in a value that a template engine works out: proven by its product (CWE-1336).
import { type Attack, bodyText, takesText } from "./attack.ts";

const FORMS: readonly (readonly [name: string, form: (product: string) => string])[] = [
  ["{{ }}", (product) => `{{${product}}}`],
  ["${ }", (product) => `\${${product}}`],
  ["<%= %>", (product) => `<%=${product}%>`],
  ["#{ }", (product) => `#{${product}}`],
];

export const template: Attack = {
  rule: "dynamic.injection-template",
  suits: takesText,
  async run(aim) {
    const tries = FORMS.map(([name, form]) => ({ name, form, a: aim.number(), b: aim.number() }));
    const text = (tried: readonly (typeof tries)[number][]) =>
      tried.map(({ form, a, b }) => form(`${a}*${b}`)).join(" ");
    // All at once; one by one where an engine stumbled over another's marks.
    const all = await aim.send(text(tries));
    const isWhole = all !== undefined && all.reply.status < 500;
    for (const one of tries) {
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const sent = isWhole ? all : await aim.send(text([one]));
      if (sent === undefined || !bodyText(sent).includes(String(one.a * one.b))) continue;
      return {
        what: "product",
        message: `an expression in ${aim.slot.label} is evaluated (${one.name})`,
        evidence: [sent],
        say: [`the answer has ${one.a * one.b}, the product of ${one.a} and ${one.b}`],
        confidence: "certain",
      };
    }
    return undefined;
  },
};
