// What the workflow says on a pull request: one comment of its own, which is renewed and not repeated. Runs in actions/github-script.

export const COMMENT_SCRIPT = `
const { readFileSync } = require("node:fs");
const mark = "<!-- portcullis test -->";
// GitHub takes 65,536 characters.
const body = mark + "\\n" + readFileSync("portcullis-reports/portcullis.md", "utf8").slice(0, 65000);
const all = await github.paginate(github.rest.issues.listComments, { ...context.repo, issue_number: context.issue.number });
const own = all.find((one) => one.user?.login === "github-actions[bot]" && one.body?.startsWith(mark));
if (own === undefined) await github.rest.issues.createComment({ ...context.repo, issue_number: context.issue.number, body });
else await github.rest.issues.updateComment({ ...context.repo, comment_id: own.id, body });
`;
