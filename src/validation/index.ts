// The validation practice: what may come in, and what may leave.
export { type BodyCheck, bodyCheck } from "./body-check.ts";
export { type InjectionGuards, injectionGuards, type InjectionOptions } from "./injection-guards.ts";
export { jsonBodyGuards } from "./json-body-guards.ts";
export { BODY_BYTES_MAX_DEFAULT } from "./limits.ts";
export { multipartFields } from "./multipart-fields.ts";
export { requestValidation, type RequestValidation, type RequestValidationOptions } from "./request-validation.ts";
export { responseValidation, type ResponseValidationOptions } from "./response-validation.ts";
export { findSanitized, verifySanitization } from "./sanitization-verification.ts";
export { type SchemaCheck, SchemaCompiler } from "./schema-compiler.ts";
export type { SchemaSource } from "./schema-source.ts";
export { undeclaredAnswerGuard, undeclaredBodyGuard } from "./undeclared-contents.ts";
export { methodUndeclaredGuard, operationUndeclaredGuard } from "./undeclared-guards.ts";
