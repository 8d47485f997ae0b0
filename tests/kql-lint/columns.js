#!/usr/bin/env node
// Prints the columns that Microsoft's own language service gives to queries: a JSON list, for each query of standard input (one a line) a list of "name:type", or
// null where it finds an error.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const K = Kusto.Language;

function columnsOf(query) {
  const code = K.KustoCode.ParseAndAnalyze(query, K.GlobalState.Default);
  const diagnostics = code.GetDiagnostics();
  for (let i = 0; i < diagnostics.Count; i++) {
    if (diagnostics.getItem(i).Severity === 'Error') return null;
  }
  const columns = code.ResultType.Columns;
  return Array.from({ length: columns.Count }, (_, i) => columns.getItem(i)).map(c => `${c.Name}:${c.Type.Name}`);
}

const queries = require('fs').readFileSync(0, 'utf8').split('\n').filter(line => line);
console.log(JSON.stringify(queries.map(columnsOf)));
