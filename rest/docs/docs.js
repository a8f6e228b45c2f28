// Swagger UI on the contract that this very process serves, in the theme that the reader's system is in.
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

SwaggerUIBundle({
  dom_id: '#docs',
  url: 'openapi.yaml',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  defaultModelsExpandDepth: 0,
  showExtensions: true, // x-roles, x-codes
  validatorUrl: null, // it would tell somebody else's server where we are
});
