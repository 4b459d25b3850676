// Files need the token, so a link alone cannot fetch them.
import { call } from "../api.js";
import { toast } from "../ui.js";

/** Save a file of the service, or of the API's own making, under a name. */
export async function download({ url, name }) {
  try {
    const blob = await call("GET", url.replace(/^\/api/, ""), { as: "blob" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toast(error.message);
  }
}
