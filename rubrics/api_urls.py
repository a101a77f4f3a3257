from __future__ import annotations

from django.urls import path

from rubrics.api import answers, ink, keys, outline, questions, rubric

# /api/v1/answers/<pk>/
answer_urls = [
    path("answers/<int:pk>/", answers.AnswerView.as_view(), name="api_answer"),
    path("answers/<int:pk>/marks/<int:item>/", answers.MarkView.as_view(), name="api_mark"),
    path("answers/<int:pk>/adjustment/", answers.AdjustmentView.as_view(), name="api_adjustment"),
    path("answers/<int:pk>/comment/", answers.CommentView.as_view(), name="api_comment"),
    path("answers/<int:pk>/note/", answers.NoteView.as_view(), name="api_note"),
    path("answers/<int:pk>/flag/", answers.FlagView.as_view(), name="api_flag"),
    path("answers/<int:pk>/grading/", answers.GradingView.as_view(), name="api_grading"),
    path("answers/<int:pk>/looked/", answers.LookedView.as_view(), name="api_looked"),
    path("answers/<int:pk>/claim/", answers.ClaimView.as_view(), name="api_claim"),
    path("answers/<int:pk>/pulse/", answers.PulseView.as_view(), name="api_pulse"),
    path("answers/<int:pk>/history/", answers.HistoryView.as_view(), name="api_history"),
    path(
        "answers/<int:pk>/annotations/<uuid:key>/",
        ink.AnnotationView.as_view(),
        name="api_annotation",
    ),
]

# /api/v1/questions/<pk>/, /items/<pk>/, /groups/<pk>/
rubric_urls = [
    path("exams/<int:pk>/outline/", outline.OutlineView.as_view(), name="api_outline"),
    path(
        "exams/<int:pk>/questions/", questions.OutlineProgressView.as_view(), name="api_questions"
    ),
    path("questions/<int:pk>/next/", questions.NextView.as_view(), name="api_next"),
    path("questions/<int:pk>/rubric/", rubric.RubricView.as_view(), name="api_rubric"),
    path("questions/<int:pk>/groups/", rubric.GroupsView.as_view(), name="api_groups"),
    path("questions/<int:pk>/rubric/undo/", rubric.UndoView.as_view(), name="api_rubric_undo"),
    path("questions/<int:pk>/imports/", questions.ImportView.as_view(), name="api_imports"),
    path("questions/<int:pk>/scoring/", questions.RulesView.as_view(), name="api_scoring"),
    path("questions/<int:pk>/comments/", questions.CommentsView.as_view(), name="api_comments"),
    path("items/<int:pk>/", rubric.ItemView.as_view(), name="api_item"),
    path("groups/<int:pk>/", rubric.GroupView.as_view(), name="api_group"),
]

# /api/v1/keys/, /single-keys/, /preview/
own_urls = [
    path("keys/", keys.KeysView.as_view(), name="api_keys"),
    path("keys/<slug:act>/", keys.KeyView.as_view(), name="api_key"),
    path("single-keys/", keys.SingleKeysView.as_view(), name="api_single_keys"),
    path("preview/", keys.PreviewView.as_view(), name="api_preview"),
]

urlpatterns = [*answer_urls, *rubric_urls, *own_urls]
