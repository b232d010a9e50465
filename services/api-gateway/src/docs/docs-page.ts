/** The page that shows the API's document: Swagger UI, from this server alone. */
export function docsPage(swaggerUiVersion: string): string {
  const asset = (name: string) => `/docs/assets/${name}?v=${swaggerUiVersion}`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Movies and billing: the API</title>
    <link rel="stylesheet" href="${asset('swagger-ui.css')}">
    <link rel="icon" type="image/png" sizes="32x32" href="${asset('favicon-32x32.png')}">
    <script src="${asset('swagger-ui-bundle.js')}" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
  </body>
</html>
`;
}

/**
 * Starts Swagger UI; a file of its own since the page may have no inline scripts. Without validatorUrl it would
 * ask a server on the internet whether the document is valid.
 */
export const startScript = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;
