"""The catalogue's tables as a plain Django project would map them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class District(models.Model):
    slug = models.SlugField()
    name = models.CharField(max_length=100)

    class Meta:
        managed = False
        db_table = "districts_district"


class Category(models.Model):
    code = models.SlugField()
    label = models.CharField(max_length=80)
    symbol = models.CharField(max_length=40)

    class Meta:
        managed = False
        db_table = "shops_category"


class Shop(models.Model):
    public_id = models.CharField(max_length=8)
    slug = models.SlugField()
    status = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=250)
    summary = models.CharField(max_length=200)
    description = models.TextField()
    street = models.CharField(max_length=120)
    house_number = models.CharField(max_length=20)
    postcode = models.CharField(max_length=12)
    phone = models.CharField(max_length=20)
    email = models.CharField(max_length=254)
    opening_hours = models.CharField(max_length=1000)
    hours_confirmed_at = models.DateTimeField()
    contact_confirmed_at = models.DateTimeField()
    services_confirmed_at = models.DateTimeField()
    accessibility_confirmed_at = models.DateTimeField()
    services = ArrayField(models.CharField(max_length=20))
    accessibility = models.JSONField()
    lat = models.FloatField()
    lon = models.FloatField()
    district = models.ForeignKey(District, on_delete=models.CASCADE)
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    daily_order = models.IntegerField()
    search = SearchVectorField()

    class Meta:
        managed = False
        db_table = "shops_shop"


class Link(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=20)
    url = models.CharField(max_length=300)

    class Meta:
        managed = False
        db_table = "shops_link"


class Network(models.Model):
    name = models.CharField(max_length=120)
    issuer = models.CharField(max_length=120)

    class Meta:
        managed = False
        db_table = "bare_network"


class Voucher(models.Model):
    code_hash = models.CharField(max_length=64)
    cents = models.IntegerField()
    issued_on = models.DateField()
    expires_on = models.DateField()
    network = models.ForeignKey(Network, on_delete=models.CASCADE)

    class Meta:
        managed = False
        db_table = "bare_voucher"


class Owed(models.Model):
    cents = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "bare_owed"


class Sale(models.Model):
    voucher = models.ForeignKey(Voucher, on_delete=models.CASCADE)
    cents = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "bare_sale"
