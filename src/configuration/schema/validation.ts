// The `validation` settings: what may come in and what may leave.
import { z } from "zod";
import { answersMode, mode, modeOrOff, size } from "./words.ts";

export const validationSchema = z
  .strictObject({
    requests: modeOrOff.optional().describe("Parameters and bodies against the document. Default enforce."),
    responses: answersMode
      .optional()
      .describe("Answers against the document; strip cuts what it does not declare. Default monitor."),
    unknownParameters: mode.optional().describe("Query parameters that the document does not list. Default monitor."),
    injection: modeOrOff
      .optional()
      .describe("Free texts that look like code for what is behind the gate. Default monitor."),
    bodyBytesMax: size.optional().describe('Largest request body. Default "1MiB".'),
    responseBytesMax: size.optional().describe('Largest answer that is kept to be checked. Default "1MiB".'),
  })
  .describe("What may come in and what may leave.");
