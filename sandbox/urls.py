from django.urls import path

from sandbox import views

app_name = "sandbox"

urlpatterns = [path("banque-fictive/<slug:ref>/", views.pay, name="pay")]
