from __future__ import annotations

from django.urls import path

from submissions import api, api_deliveries, api_match, api_print, api_template

# /api/v1/exams/<pk>/matches/, /api/v1/submissions/<pk>/match/
match_urls = [
    path("exams/<int:pk>/matches/", api_match.MatchesView.as_view(), name="api_matches"),
    path("submissions/<int:pk>/match/", api_match.MatchView.as_view(), name="api_match"),
]

# /api/v1/exams/<pk>/template/, /uploads/, /submissions/, /api/v1/submissions/<pk>/
scan_urls = [
    path("exams/<int:pk>/template/", api_template.TemplateView.as_view(), name="api_template"),
    path("exams/<int:pk>/uploads/", api.UploadsView.as_view(), name="api_uploads"),
    path("exams/<int:pk>/submissions/", api.SubmissionsView.as_view(), name="api_submissions"),
    path("submissions/<int:pk>/", api.SubmissionView.as_view(), name="api_submission"),
]

# /api/v1/exams/<pk>/deliveries/, /api/v1/deliveries/<pk>/
delivery_urls = [
    path(
        "exams/<int:pk>/deliveries/",
        api_deliveries.DeliveriesView.as_view(),
        name="api_deliveries",
    ),
    path("deliveries/<int:pk>/", api_deliveries.DeliveryView.as_view(), name="api_delivery"),
    path(
        "deliveries/<int:pk>/parts/<int:number>/",
        api_deliveries.PartView.as_view(),
        name="api_part",
    ),
    path(
        "deliveries/<int:pk>/upload/",
        api_deliveries.DeliveredView.as_view(),
        name="api_delivered",
    ),
]

# /api/v1/exams/<pk>/prints/, /api/v1/prints/<pk>/
print_urls = [
    path("exams/<int:pk>/prints/", api_print.PrintsView.as_view(), name="api_prints"),
    path("prints/<int:pk>/", api_print.PrintView.as_view(), name="api_print"),
    path("prints/<int:pk>/pdf/", api_print.PrintPdfView.as_view(), name="api_print_pdf"),
]

urlpatterns = [*match_urls, *scan_urls, *delivery_urls, *print_urls]
