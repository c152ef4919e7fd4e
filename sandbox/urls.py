from django.urls import path

from sandbox import views

app_name = "sandbox"

urlpatterns = [
    path("banque-fictive/<slug:ref>/", views.pay, name="pay"),
    path("boite-fictive/", views.mailbox, name="mailbox"),
    path("boite-fictive/<str:name>/<int:number>", views.attachment, name="attachment"),
]
