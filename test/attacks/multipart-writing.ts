// Writes multipart bodies piece by piece, as a client does or as an attacker would.
export const B = "----gate7MA4YWxkTrZu0gW";
export const TYPE = `multipart/form-data; boundary=${B}`;
export const part = (head: string, content = "x"): string => `--${B}\r\n${head}\r\n\r\n${content}\r\n`;
export const named = (name: string, more = ""): string => `Content-Disposition: form-data; name="${name}"${more}`;
export const field = (name: string, content: string): string => part(named(name), content);
export const file = (
  filename: string,
  content = "bytes",
  more = "\r\nContent-Type: image/png",
  name = "photo",
): string => part(`${named(name, `; filename="${filename}"`)}${more}`, content);
export const END = `--${B}--\r\n`;
export const USER = field("role", "user");
