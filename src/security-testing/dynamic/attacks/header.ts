// Line breaks in a value that becomes a field of the answer: proven by a field of our own (CWE-113).
import { fieldOf } from "../wire.ts";
import { type Attack, takesText } from "./attack.ts";

export const header: Attack = {
  rule: "dynamic.injection-header",
  suits: (slot) => takesText(slot) && slot.place !== "header" && slot.place !== "cookie",
  async run(aim) {
    const word = aim.word();
    const sent = await aim.send(`${aim.usual}\r\nx-${word}: ${word}`);
    if (sent === undefined || fieldOf(sent.reply, `x-${word}`) === undefined) return undefined;
    return {
      what: "field",
      message: `a line break in ${aim.slot.label} begins a field of the answer`,
      evidence: [sent],
      say: [`the answer has the field x-${word}`],
      confidence: "certain",
    };
  },
};
