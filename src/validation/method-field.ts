// The field of a form by which Rails, Laravel, Symfony and others take a POST for another method (G08): only where it is declared.

export const METHOD_FIELD = "_method";
export const OVERRIDES_METHOD = "is not allowed: it asks for another method";
