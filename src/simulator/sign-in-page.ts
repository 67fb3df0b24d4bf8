/** The pages that a person sees who signs in. They know no secret: any name will do. */

export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
}

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export const signInPage = ({ clientId }: AuthorizeRequest): string =>
  page(
    'Simulated sign-in',
    `<p>The app ${escape(clientId)} asks for Partner Center.</p>` +
      '<form method="post"><label>User <input name="username" value="finance@partner.example"></label> ' +
      '<button name="answer" value="yes">Sign in</button> <button name="answer" value="no">Refuse</button></form>',
  );

/** Carries the answer to the app as a form, as `response_mode=form_post` asks. */
export const formPostPage = (
  { redirectUri }: AuthorizeRequest,
  fields: Readonly<Record<string, string>>,
): string =>
  page(
    'Signed in',
    `<form method="post" action="${escape(redirectUri)}">${Object.entries(fields)
      .map(
        ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
      )
      .join('')}<button>Go on</button></form><script>document.forms[0].requestSubmit()</script>`,
  );

export const errorPage = (text: string): string => page('Sign-in failed', `<p>${escape(text)}</p>`);

export const deviceApprovedPage = (): string =>
  page('Simulated device sign-in', '<p>Codes approve themselves here after a few polls.</p>');
