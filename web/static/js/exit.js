// "Esci subito": leaves at once, so that "back" does not return here, and hides the conversation until asked for.

const exit = document.getElementById("exit");

exit?.addEventListener("click", (event) => {
  event.preventDefault();
  document.body.hidden = true;
  document.title = "Wikipedia";
  try {
    sessionStorage.clear();
    localStorage.setItem("rientro:curtain", "1");
  } catch {
    // Storage may be forbidden: leaving matters more.
  }
  location.replace(exit.href);
});
