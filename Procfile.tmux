troupe: exec node dist/gateway/cli/troupe.js up
