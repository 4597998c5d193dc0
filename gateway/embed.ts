// What engineers who embed the runtime import: `import { createSystem, supervisor, worker } from "troupe"`.
export {};
