"""Writing, changing and taking back comments on a report."""

from typing import Any

from litestar import Response, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.report.comments import Comments
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, redirect

READ = [requires(Permission.INTERVIEWS_READ)]
HIDDEN: Any = {"sync_to_thread": True, "include_in_schema": False}
FORM: Any = HIDDEN | {"dependencies": {"form": form_body()}}


@post("/interviews/{interview_id:str}/comments", guards=READ, **FORM)
def write_comment(
    request: WebRequest,
    interview_id: FromPath[str],
    form: NamedDependency[Form],
    report_comments: NamedDependency[Comments],
) -> Response[str]:
    """A comment on the report, or on the sentence that the form names."""
    comment = report_comments.write(
        request.user,
        interview_id,
        form.text("text"),
        answer_id=form.text("answer_id", max_length=64),
        sentence=form.integer("sentence", default=0),
    )
    return redirect(f"/interviews/{interview_id}/report#comment-{comment.id}")


@post("/interviews/{interview_id:str}/comments/{comment_id:str}", guards=READ, **FORM)
def reword_comment(
    request: WebRequest,
    interview_id: FromPath[str],
    comment_id: FromPath[str],
    form: NamedDependency[Form],
    report_comments: NamedDependency[Comments],
) -> Response[str]:
    """Another wording by its author."""
    report_comments.reword(request.user, interview_id, comment_id, form.text("text"))
    return redirect(f"/interviews/{interview_id}/report#comment-{comment_id}")


@post("/interviews/{interview_id:str}/comments/{comment_id:str}/withdrawal", guards=READ, **HIDDEN)
def withdraw_comment(
    request: WebRequest,
    interview_id: FromPath[str],
    comment_id: FromPath[str],
    report_comments: NamedDependency[Comments],
) -> Response[str]:
    """Its author takes it back."""
    report_comments.withdraw(request.user, interview_id, comment_id)
    return redirect(f"/interviews/{interview_id}/report#comment-{comment_id}")


HANDLERS: list[Any] = [write_comment, reword_comment, withdraw_comment]
