"""Every address. Which page is where, and who may see it: docs/design.md."""

from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import never_cache

from config import views
from gradebook.forms import PasswordLinkForm

# /login/, /logout/, /password/
account_urls = [
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path(
        "password/reset/",
        auth.PasswordResetView.as_view(form_class=PasswordLinkForm),
        name="password_reset",
    ),
    path(
        "password/reset/done/",
        auth.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        auth.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "password/reset/complete/",
        auth.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
]

# /api/v1/
api_urls: list[URLPattern | URLResolver] = [
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("token/", views.TokenView.as_view(), name="api_token"),
    path("", include("gradebook.api_urls")),
    path("", include("submissions.api_urls")),
    path("", include("rubrics.api_urls")),
    path("", include("scoring.api_urls")),
]

handler500 = "config.views.broken"

urlpatterns = [
    *account_urls,
    path("healthz", never_cache(views.healthz), name="healthz"),
    path("api/v1/", include(api_urls)),
    path("", include("jobs.urls")),
    path("", include("gradebook.urls")),
    path("", include("submissions.urls")),
    path("", include("rubrics.urls")),
    path("", include("scoring.urls")),
]
