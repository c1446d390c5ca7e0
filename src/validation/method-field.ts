// What is said of a body's member by which an API would take the request for one with another method (G08): only where it is declared.

export const OVERRIDES_METHOD = "is not allowed: it asks for another method";
