// The files of `integrations/elastic`, for those who set their servers up by other means: what the command installs, with its defaults.
import { indexTemplate } from "../../../src/sinks/elasticsearch/setup/index-template.ts";
import { ilmPolicy, ismPolicy } from "../../../src/sinks/elasticsearch/setup/lifecycle-policy.ts";
import { ilmPiece, indexTemplatePiece, ismPiece } from "../../../src/sinks/elasticsearch/setup/pieces.ts";

const DATA_STREAM = "logs-portcullis.audit-default";

/** By name of the file, the body of the request that installs it. */
export function integrationFiles(): Readonly<Record<string, object>> {
  return {
    "elasticsearch-index-template.json": indexTemplatePiece(
      DATA_STREAM,
      indexTemplate("elasticsearch", DATA_STREAM, DATA_STREAM),
    ).body,
    "elasticsearch-ilm-policy.json": ilmPiece(DATA_STREAM, ilmPolicy(undefined)).body,
    "opensearch-index-template.json": indexTemplatePiece(
      DATA_STREAM,
      indexTemplate("opensearch", DATA_STREAM, undefined),
    ).body,
    "opensearch-ism-policy.json": ismPiece(DATA_STREAM, ismPolicy(DATA_STREAM, undefined)).body,
  };
}
