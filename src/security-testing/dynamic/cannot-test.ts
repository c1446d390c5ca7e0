// Why nothing, or nothing more, can be tested: a sentence for the report.

export class CannotTest extends Error {}
