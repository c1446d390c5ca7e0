// Names by which proxies in front tell whom they let in, and which APIs behind them believe (G10).

/** Names under which proxies in front tell whom they let in, and APIs behind them believe. */
export const USER_FAMILIES =
  /^(?:x-auth-request-|remote-|x-remote-|x-webauth-|x-authentik-|x-pomerium-|cf-access-|tailscale-|oidc-claim-|x-ms-|x-amzn-|x-goog-|x-consumer-|x-credential-|x-jwt-assertion|x-auth-|sm-|iv-|oam-|oidc-|cas-|x-token-|shib-|x-vouch-|ngrok-auth-)/;

/** Keycloak's own, SiteMinder, WebSEAL, Oracle's, mod_auth_openidc, Caddy, Shibboleth, Vouch, ngrok. */
export const OTHER_PROXIES = [
  ["X-Auth-Subject", "X-Auth-Username", "X-Auth-Roles", "SM-User", "SM-USERDN", "iv-user", "IV-Groups"],
  ["OAM-Remote-User", "OIDC-Access-Token", "CAS-User", "X-Token-Subject", "X-Token-User-Email"],
  ["Shib-Identity-Provider", "X-Vouch-User", "X-Vouch-IdP-Claims-Groups", "Ngrok-Auth-User-Email"],
].flat();
