// An operator in place of a value: proven by an answer that the operator decides (CWE-943).
import { type Aim, type Answered, type Attack, outlineOf } from "./attack.ts";

export const nosql: Attack = {
  rule: "dynamic.injection-nosql",
  suits: ({ place, schema: { types } }) =>
    (place === "body" || place === "query") && !types.some((type) => type === "array" || type === "boolean"),
  async run(aim) {
    const word = aim.word();
    const others = await operated(aim, "$ne", word);
    if (others === undefined || others.reply.status >= 300) return undefined;
    const same = await operated(aim, "$eq", word);
    const plain = await aim.send(word);
    if (same === undefined || plain === undefined) return undefined;
    // What equals a word that is nowhere is what the word itself finds: then both were operators.
    if (outlineOf(same) !== outlineOf(plain) || outlineOf(others) === outlineOf(same)) return undefined;
    const again = await operated(aim, "$ne", word);
    if (again === undefined || outlineOf(again) !== outlineOf(others)) return undefined;
    return {
      what: "operator",
      message: `${aim.slot.label} may hold an operator of the database, which decides what is answered`,
      evidence: [plain, same, others],
      say: ["a word that is nowhere", "what equals it: the same answer", "what does not equal it: another"],
      confidence: "certain",
    };
  },
};

/** In JSON an object, in a query the brackets that its readers make one of. */
function operated(aim: Aim, operator: string, word: string): Promise<Answered | undefined> {
  return aim.slot.place === "body" ? aim.send({ [operator]: word }) : aim.sendMember(operator, word);
}
