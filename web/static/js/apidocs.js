// Starts Swagger UI on the API's own description.

window.SwaggerUIBundle({ url: "/api/v1/openapi.json", dom_id: "#swagger", validatorUrl: null, deepLinking: false });
