// integrations/prometheus and integrations/grafana against what a gateway shows: by promtool, and by a real Prometheus that scrapes it.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask, keep, startUpstream } from "../gateway/harness.ts";
import { configurationOf, documentOf, startReloadable } from "../gateway/reloading.ts";
import { ROOT } from "../repository/tree.ts";
import { freePort } from "../servers/free-port.ts";
import { asked, labelsIn, targets } from "./dashboard.ts";

const hasPrometheus = spawnSync("promtool", ["--version"]).status === 0;
const RULES = path.join(ROOT, "integrations/prometheus");

/** A gateway that was asked for all sorts of things. */
async function busyGateway() {
  const upstream = keep(
    await startUpstream((request, response) => {
      request.resume();
      response.statusCode = request.url === "/item?v=b" ? 500 : 200;
      response.end("{}");
    }),
  );
  const started = await startReloadable({
    "api.yaml": documentOf("a, b"),
    "portcullis.yaml": configurationOf(
      upstream.origin,
      "validation: { unknownParameters: enforce }\nmonitoring: { traces: { ratio: 1 } }\n",
    ),
  });
  const { url } = started.gateway;
  for (const target of ["/item?v=a", "/item?v=b", "/item?v=c", "/item", "/nowhere"]) await ask(url + target);
  return started;
}

const namesIn = (text: string) => new Set(text.match(/\b(?:portcullis|http_server|nodejs|process|v8js)_[a-z0-9_]+/gu));

describe("the metrics that alerts and dashboard name", () => {
  it("are all shown by a gateway, and what is shown is used or documented", async () => {
    const { gateway } = await busyGateway();
    const text = (await ask(`${gateway.adminUrl}/metrics`)).body;
    const families = new Set(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gmu)].flatMap(([, name, kind]) =>
        kind === "histogram" ? ["", "_bucket", "_sum", "_count"].map((suffix) => `${name}${suffix}`) : [name as string],
      ),
    );
    const named = namesIn(
      readFileSync(path.join(RULES, "alerts.yaml"), "utf8") +
        targets()
          .map(({ expr }) => expr)
          .join("\n"),
    );
    expect([...named].filter((name) => !families.has(name))).toEqual([]);
    const docs = readFileSync(path.join(ROOT, "docs/metrics.md"), "utf8");
    const shown = [...text.matchAll(/^# TYPE (\S+) \S+$/gmu)].map(([, name]) => name as string);
    expect(shown.filter((name) => !docs.includes(`\`${name}\``))).toEqual([]);
    expect(text).toContain('error_type="500"');
    expect(text).toContain(
      'portcullis_decisions_total{practice="validation",reason="validation.request-invalid",mode="enforce"} 2',
    );
  });

  it("begin at nought for every rule: the first alert is a rise", async () => {
    const { gateway } = await busyGateway();
    const text = (await ask(`${gateway.adminUrl}/metrics`)).body;
    expect(text).toContain('portcullis_detections_total{rule="scanning",level="medium",mode="enforce"} 0\n');
    const rules = (name: string) =>
      new Set([...text.matchAll(new RegExp(`^${name}\\{rule="([^"]+)"`, "gmu"))].map(([, rule]) => rule));
    expect(rules("portcullis_detections_total")).toEqual(rules("portcullis_detection_groups"));
  });
});

describe.skipIf(!hasPrometheus)("Prometheus (skipped where it is not installed)", () => {
  it.each([
    ["the rules", ["check", "rules", "alerts.yaml"]],
    ["the scrape configuration", ["check", "config", "prometheus.yaml"]],
    ["what each alert fires at", ["test", "rules", "alerts.test.yaml"]],
  ])("takes %s", (_, given) => {
    const told = spawnSync("promtool", given, { cwd: RULES, encoding: "utf8" });
    expect(told.stdout + told.stderr).not.toMatch(/FAILED/u);
    expect(told.status).toBe(0);
  });

  it("has a test for every alert", () => {
    const names = readFileSync(path.join(RULES, "alerts.yaml"), "utf8").match(/(?<=alert: )\S+/gu) ?? [];
    const tested = readFileSync(path.join(RULES, "alerts.test.yaml"), "utf8");
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !tested.includes(`alertname: ${name}, exp_alerts: [{`))).toEqual([]);
  });

  it("finds nothing to object to in what is shown", async () => {
    const { gateway } = await busyGateway();
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    const told = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" });
    expect(told.stderr).toBe("");
    expect(told.status).toBe(0);
  });

  it("scrapes a gateway with exemplars, loads the alerts, and answers every panel's question", async () => {
    const { gateway } = await busyGateway();
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-prometheus-"));
    const port = await freePort();
    const written = readFileSync(path.join(RULES, "prometheus.yaml"), "utf8")
      .replace("scrape_interval: 15s", "scrape_interval: 1s")
      .replace("[alerts.yaml]", `[${path.join(RULES, "alerts.yaml")}]`)
      .replace("127.0.0.1:9901", new URL(gateway.adminUrl as string).host);
    writeFileSync(path.join(folder, "prometheus.yaml"), written);
    const child = spawn(
      "prometheus",
      [
        `--config.file=${folder}/prometheus.yaml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--enable-feature=exemplar-storage",
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    onTestFinished(async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    const api = `http://127.0.0.1:${port}/api/v1`;
    const query = async (expr: string) =>
      (await (await fetch(`${api}/query?query=${encodeURIComponent(expr)}`)).json()) as {
        status: string;
        error?: string;
        data: { result: readonly { metric: Readonly<Record<string, string>>; value: [number, string] }[] };
      };
    await until(async () => (await query('up{job="portcullis"} == 1')).data.result.length === 1);
    await until(async () => (await query("rate(portcullis_decisions_total[1m])")).data.result.length > 0);
    for (const target of targets()) {
      const { status, error, data } = await query(asked(target.expr));
      expect([status, error, target.expr]).toEqual(["success", undefined, target.expr]);
      const nameless = data.result.filter(({ metric }) => labelsIn(target).some((label) => !metric[label]));
      expect([target.expr, nameless]).toEqual([target.expr, []]);
    }
    const decided = await query('portcullis_decisions_total{reason="validation.request-invalid"}');
    expect(decided.data.result[0]?.value[1]).toBe("2");
    const exemplars = (await (
      await fetch(`${api}/query_exemplars?query=http_server_request_duration_seconds_bucket&start=0&end=9999999999`)
    ).json()) as { data: readonly unknown[] };
    expect(exemplars.data.length).toBeGreaterThan(0);
    const rules = (await (await fetch(`${api}/rules`)).json()) as {
      data: { groups: { rules: { health: string }[] }[] };
    };
    await until(async () => rules.data.groups.length === 1);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error("it did not come about in time");
    await pause(100);
  }
}
