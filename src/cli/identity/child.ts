// What the supervisor starts: the authorization server of a gateway, as a program.
import { serveForParent } from "./child-process.ts";

serveForParent();
